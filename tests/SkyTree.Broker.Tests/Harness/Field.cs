namespace SkyTree.Broker.Tests.Harness;

/// <summary>A named part of a packet in its text form; a flag has an empty value.</summary>
internal readonly record struct Field(string Key, string Value)
{
    public override string ToString() => Value.Length == 0 ? Key : $"{Key}={Value}";
}
