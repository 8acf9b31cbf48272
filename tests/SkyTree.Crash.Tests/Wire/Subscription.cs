namespace SkyTree.Crash.Tests.Wire;

/// <summary>A topic filter and the QoS asked for.</summary>
internal sealed record Subscription(string Filter, int QoS)
{
    private const string SharedPrefix = "$share/";

    /// <summary>The group's name, or null.</summary>
    public string? Group => Filter.StartsWith(SharedPrefix, StringComparison.Ordinal) ? Filter.Split('/')[1] : null;

    /// <summary>Whether messages to a topic belong to it. The topics of these tests begin with no dollar sign.</summary>
    public bool Matches(string topic)
    {
        string[] levels = topic.Split('/');
        string[] wanted = Group is { } group ? Filter[(SharedPrefix.Length + group.Length + 1)..].Split('/') : Filter.Split('/');
        for (int i = 0; i < wanted.Length; i++)
        {
            if (wanted[i] == "#")
            {
                return true;
            }

            if (i == levels.Length || (wanted[i] != "+" && wanted[i] != levels[i]))
            {
                return false;
            }
        }

        return wanted.Length == levels.Length;
    }
}
