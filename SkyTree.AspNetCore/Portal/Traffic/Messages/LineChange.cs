namespace SkyTree.AspNetCore.Portal.Traffic.Messages;

/// <summary>A line of the difference between two texts.</summary>
/// <param name="Kind">' ' where both have it, '-' where only the first, '+' where only the second has it.</param>
/// <param name="Text">The line.</param>
internal readonly record struct LineChange(char Kind, string Text);
