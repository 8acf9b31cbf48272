using System.CommandLine;

namespace SkyTree.Cli.Commands;

/// <summary>What takes messages to other systems.</summary>
internal static class SinkCommands
{
    public static Command Create() => new("sinks", "What takes messages to other systems")
    {
        new ListCommand("list", "Lists all sinks by name", "sinks", new("name", "name"), new("kind", "kind"), new("target", "target"), new("state", "state"), new("lag", "lag"), new("written", "written"), new("failed", "failed"), new("last error", "lastError"))
            .Unpaged()
            .Examples("sinks list"),
        Named.Show("Shows a sink", "NAME", "sinks/{0}").Examples("sinks show archive"),
        Named.Act("pause", "Pauses sinks until they are resumed; their messages wait", "NAME", HttpMethod.Post, "sinks/{0}/pause", "is paused").Examples("sinks pause archive"),
        Named.Act("resume", "Has paused sinks go on", "NAME", HttpMethod.Post, "sinks/{0}/resume", "goes on").Examples("sinks resume archive"),
    };
}
