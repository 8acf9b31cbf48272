using System.Collections.Concurrent;

namespace SkyTree.Core.Sessions;

/// <summary>The replicated table of sessions by client identifier. Written when a command is applied, read by all.</summary>
internal sealed class SessionStore
{
    private readonly ConcurrentDictionary<string, Session> _sessions = new(StringComparer.Ordinal);

    private readonly OrderedIndex<Session> _order = new(session => session.ClientId);

    public int Count => _sessions.Count;

    public IEnumerable<Session> All => _sessions.Select(pair => pair.Value);

    public Session? Find(string clientId) => _sessions.GetValueOrDefault(clientId);

    public Session Add(Session session)
    {
        _sessions[session.ClientId] = session;
        _order.Set(session);
        return session;
    }

    /// <summary>Sessions in the ordinal order of their client identifiers.</summary>
    /// <param name="after">Those behind this one; null: from the first.</param>
    /// <param name="orAt">Whether that one itself is among them.</param>
    /// <param name="limit">At most so many.</param>
    public List<Session> Take(string? after, bool orAt, int limit) => _order.Take(after, orAt, limit);

    /// <summary>Sessions against the order of their client identifiers.</summary>
    /// <param name="before">Those before this one, which need not be there; null: from the last.</param>
    /// <param name="limit">At most so many.</param>
    public List<Session> TakeBack(string? before, int limit) => _order.TakeBack(before, limit);

    public void Clear()
    {
        _sessions.Clear();
        _order.Clear();
    }

    public void Remove(Session session)
    {
        _sessions.TryRemove(new KeyValuePair<string, Session>(session.ClientId, session));
        _order.Remove(session);
    }
}
