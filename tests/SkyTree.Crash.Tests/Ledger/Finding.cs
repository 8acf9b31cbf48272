namespace SkyTree.Crash.Tests.Ledger;

/// <summary>Something that the broker got wrong, told so that a person can follow it.</summary>
internal sealed record Finding(FindingKind Kind, string Text)
{
    public override string ToString() => $"{Kind}: {Text}";
}
