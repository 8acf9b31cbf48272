using System.Diagnostics;
using SkyTree.Interop.Tests;

namespace SkyTree.Crash.Tests.Processes;

/// <summary>Whether the broker's program can be told where to keep messages, by what its help says.</summary>
internal static class StoreOption
{
    private static readonly Lazy<bool> s_isThere = new(Ask);

    public static bool IsThere => s_isThere.Value;

    private static bool Ask()
    {
        using Process help = Process.Start(new ProcessStartInfo("dotnet", [Repository.BrokerProgram, "--help"]) { RedirectStandardOutput = true })!;
        string text = help.StandardOutput.ReadToEnd();
        help.WaitForExit();
        return text.Contains("--store ", StringComparison.Ordinal);
    }
}
