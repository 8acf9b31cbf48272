using System.CommandLine;

namespace SkyTree.Cli.Commands;

/// <summary>Bridges to other brokers.</summary>
internal static class BridgeCommands
{
    public static Command Create() => new("bridges", "Bridges to other brokers")
    {
        new ListCommand("list", "Lists all bridges by name", "bridges", new("name", "name"), new("server", "server"), new("state", "state"), new("since", "since"), new("sent", "sent"), new("received", "received"), new("lag", "lag"), new("last error", "lastError"))
            .Unpaged()
            .Examples("bridges list"),
        Named.Show("Shows a bridge", "NAME", "bridges/{0}").Examples("bridges show plant"),
        Named.Act("pause", "Pauses bridges until they are resumed; what is to be sent waits", "NAME", HttpMethod.Post, "bridges/{0}/pause", "is paused").Examples("bridges pause plant"),
        Named.Act("resume", "Has paused bridges go on", "NAME", HttpMethod.Post, "bridges/{0}/resume", "goes on").Examples("bridges resume plant"),
    };
}
