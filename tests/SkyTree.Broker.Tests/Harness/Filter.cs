namespace SkyTree.Broker.Tests.Harness;

/// <summary>A topic filter of SUBSCRIBE or UNSUBSCRIBE with the options written after it.</summary>
internal sealed record Filter(string Name, List<Field> Options);
