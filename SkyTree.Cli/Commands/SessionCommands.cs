using System.CommandLine;
using System.Text.Json.Nodes;
using SkyTree.Cli.Output;

namespace SkyTree.Cli.Commands;

/// <summary>Sessions: who is connected, and what waits for whom.</summary>
internal static class SessionCommands
{
    public static Command Create()
    {
        Option<string?> reason = new("--reason") { Description = "What an MQTT 5.0 client is told", HelpName = "TEXT" };
        return new Command("sessions", "Sessions: who is connected, and what waits for whom")
        {
            new ListCommand(
                "list",
                "Lists sessions by client identifier",
                "sessions",
                new("client", "clientId"),
                new("state", session => session.FlagAt("isConnected") ? "connected" : "away"),
                new("kept", session => session.FlagAt("isDurable") ? "durable" : "transient"),
                new("user", "live.userName"),
                new("address", "live.address"),
                new("listener", "live.listener"),
                new("mqtt", "live.protocol"),
                new("subscriptions", "subscriptionCount"),
                new("lag", "lag"),
                new("since", session => session.TextAt("live.connectedAt") is { Length: > 0 } since ? since : Cells.Text(session.At("disconnectedAt"))))
                .Flag("--connected", "connected", "true", "Only who is connected")
                .Flag("--away", "connected", "false", "Only who is not")
                .Flag("--durable", "durable", "true", "Only sessions that outlive their connection")
                .Filter("--prefix", "clientIdPrefix", "TEXT", "The client identifier begins so")
                .Filter("--contains", "clientIdContains", "TEXT", "The client identifier contains this")
                .Filter("--user", "userName", "NAME", "The user name")
                .Filter("--address", "address", "TEXT", "The address begins so")
                .Filter("--listener", "listener", "NAME", "The listener's name")
                .Filter("--sort", "sort", "KEY", "clientId, subscriptions, lag, queue or connected; the largest first with - before it: --sort=-lag")
                .Examples("sessions list --connected --prefix sensor-", "sessions list --sort=-lag --limit 10"),
            Named.Show("Shows a session with all that is known of it", "CLIENT", "sessions/{0}").Examples("sessions show sensor-1", "sessions show sensor-1 -o json"),
            Named.Act("kick", "Disconnects clients; their sessions stay, and they may come back", "CLIENT", HttpMethod.Post, "sessions/{0}/kick", "was disconnected",
                context => context.Get(reason) is { } text ? new JsonObject { ["reason"] = text } : null)
                .With(reason)
                .Examples("sessions kick sensor-1 --reason 'new certificate'"),
            Named.Act("delete", "Ends sessions, connected or not; their subscriptions and what waits for them are gone", "CLIENT", HttpMethod.Delete, "sessions/{0}", "was ended")
                .Examples("sessions delete old-1 old-2"),
        };
    }
}
