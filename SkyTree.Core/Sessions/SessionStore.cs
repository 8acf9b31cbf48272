using System.Collections.Concurrent;

namespace SkyTree.Core.Sessions;

/// <summary>The replicated table of sessions by client identifier. Written when a command is applied, read by all.</summary>
internal sealed class SessionStore
{
    private readonly ConcurrentDictionary<string, Session> _sessions = new(StringComparer.Ordinal);

    public int Count => _sessions.Count;

    public IEnumerable<Session> All => _sessions.Select(pair => pair.Value);

    public Session? Find(string clientId) => _sessions.GetValueOrDefault(clientId);

    public Session Add(Session session)
    {
        _sessions[session.ClientId] = session;
        return session;
    }

    public void Remove(Session session) => _sessions.TryRemove(new KeyValuePair<string, Session>(session.ClientId, session));
}
