namespace SkyTree.AspNetCore.Portal.Traffic.Messages;

/// <summary>Something that is said of two messages.</summary>
/// <param name="Name">The name of its text is <c>Facts.{Name}</c>.</param>
/// <param name="Left">Of the first.</param>
/// <param name="Right">Of the second.</param>
internal sealed record MessageFact(string Name, string Left, string Right)
{
    /// <summary>Whether they differ in it.</summary>
    public bool Differs => Left != Right;
}
