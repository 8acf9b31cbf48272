using System.Net;

namespace SkyTree.Cluster.Raft;

/// <summary>Between which times without a leader a node begins an election; at random within them.</summary>
/// <remarks>
/// Two survivors that begin within the time of a request vote for themselves, and it takes another timeout to try again. On
/// a busy machine a request takes a hundred milliseconds. So members that know each other have windows of their own, in the order of
/// their names, with a gap between them.
/// </remarks>
/// <param name="LeastMilliseconds">The shortest.</param>
/// <param name="MostMilliseconds">The longest.</param>
internal readonly record struct ElectionWindow(int LeastMilliseconds, int MostMilliseconds)
{
    private const int PartsOfSpread = 10; // a window is one of them, the gaps share the rest

    /// <summary>A node's window.</summary>
    /// <param name="node">The node.</param>
    /// <param name="members">All members; without the node among them, its window is as wide as all together.</param>
    /// <param name="timeoutMilliseconds">The least of all windows; the most is half as long again.</param>
    public static ElectionWindow Of(EndPoint node, IReadOnlyCollection<EndPoint> members, int timeoutMilliseconds)
    {
        int most = timeoutMilliseconds * 3 / 2;
        string[] names = [.. members.Select(member => member.ToString()!).Order(StringComparer.Ordinal)];
        int place = Array.IndexOf(names, node.ToString());
        if (place < 0 || names.Length < 2)
        {
            return new ElectionWindow(timeoutMilliseconds, most);
        }

        int spread = most - timeoutMilliseconds;
        int width = spread / PartsOfSpread;
        int least = timeoutMilliseconds + ((spread - width) * place / (names.Length - 1));
        return new ElectionWindow(least, least + width);
    }
}
