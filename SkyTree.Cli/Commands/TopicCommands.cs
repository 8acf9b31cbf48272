using System.CommandLine;

namespace SkyTree.Cli.Commands;

/// <summary>The tree of topics that carry messages.</summary>
internal static class TopicCommands
{
    public static Command Create() => new("topics", "Topics that carry messages")
    {
        new ListCommand(
            "list",
            "Lists the levels below a topic, or topics that contain a text",
            "topics",
            new("topic", "topic"),
            new("levels below", "childCount"),
            new("messages", "messagesBelow"),
            new("per second", "rate"),
            new("subscribers", "subscribers"),
            new("retained", "isRetained"),
            new("last", "lastAt"),
            new("last value", "lastValue"))
            .Argument("PARENT", "parent", "The topic whose levels are listed; without: the first levels")
            .Filter("--search", "search", "TEXT", "Topics of all levels that contain this")
            .Examples("topics list", "topics list plant/1", "topics list --search temperature"),
        Named.Show("Shows a topic or level", "TOPIC", "topics/{0}").Examples("topics show plant/1/temperature"),
    };
}
