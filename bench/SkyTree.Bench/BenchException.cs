namespace SkyTree.Bench;

/// <summary>A run that cannot go on: the message is what the user sees.</summary>
internal sealed class BenchException(string message) : Exception(message);
