namespace SkyTree.AspNetCore.Configuration;

/// <summary>The broker cannot start; each line tells its operator one reason.</summary>
internal sealed class StartUpException(IReadOnlyList<string> lines) : Exception(string.Join(Environment.NewLine, lines))
{
    public IReadOnlyList<string> Lines => lines;
}
