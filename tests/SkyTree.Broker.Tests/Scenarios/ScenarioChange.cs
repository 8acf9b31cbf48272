namespace SkyTree.Broker.Tests.Scenarios;

/// <summary>A place where the broker did otherwise than the file says.</summary>
/// <param name="Line">The line's number in the file.</param>
/// <param name="Text">What happened instead; null: nothing did.</param>
/// <param name="Replaces">Whether it happened instead of the line, or before it.</param>
internal sealed record ScenarioChange(int Line, string? Text, bool Replaces);
