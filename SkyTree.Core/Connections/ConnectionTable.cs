namespace SkyTree.Core.Connections;

/// <summary>All connections of a broker, as a list whose links live in the connections: nothing is allocated for it.</summary>
internal sealed class ConnectionTable
{
    private readonly Lock _gate = new();
    private Connection? _first; // guarded by _gate, as are the links
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public void Add(Connection connection)
    {
        lock (_gate)
        {
            connection.Next = _first;
            if (_first is not null)
            {
                _first.Previous = connection;
            }

            _first = connection;
            _count++;
        }
    }

    public void Remove(Connection connection)
    {
        lock (_gate)
        {
            if (connection.Previous is { } previous)
            {
                previous.Next = connection.Next;
            }
            else
            {
                _first = connection.Next;
            }

            if (connection.Next is { } next)
            {
                next.Previous = connection.Previous;
            }

            connection.Next = connection.Previous = null;
            _count--;
        }
    }

    /// <summary>Looks at all of them under the lock: the action is short and takes no other lock.</summary>
    public void ForEach(Action<Connection> action)
    {
        lock (_gate)
        {
            for (Connection? connection = _first; connection is not null; connection = connection.Next)
            {
                action(connection);
            }
        }
    }

    /// <summary>How many there are of each listener, with and without a completed CONNECT.</summary>
    public IReadOnlyCollection<(string Listener, int Connected, int Connecting)> CountByListener()
    {
        var counts = new Dictionary<string, (string Listener, int Connected, int Connecting)>(StringComparer.Ordinal);
        ForEach(connection =>
        {
            string name = connection.Listener.Name;
            (_, int connected, int connecting) = counts.GetValueOrDefault(name);
            bool isConnected = connection.IsConnected;
            counts[name] = (name, connected + (isConnected ? 1 : 0), connecting + (isConnected ? 0 : 1));
        });
        return counts.Values;
    }

    public List<Connection> ToList()
    {
        var list = new List<Connection>(Count);
        ForEach(list.Add);
        return list;
    }
}
