namespace SkyTree.Core.Registry;

/// <summary>One entry of the registry. Immutable.</summary>
internal sealed class RegistryEntry
{
    private object? _decoded; // what Read made of the content; the same whoever made it

    internal RegistryEntry(string key, long version, ReadOnlyMemory<byte> content)
    {
        Key = key;
        Version = version;
        Content = content;
    }

    /// <summary>Its name within the collection.</summary>
    public string Key { get; }

    /// <summary>The number of its last change: higher than that of every change before it, of any entry.</summary>
    public long Version { get; }

    /// <summary>What it says.</summary>
    public ReadOnlyMemory<byte> Content { get; }

    /// <summary>The content as an object, which is made once and must be immutable.</summary>
    /// <param name="decode">Makes it.</param>
    internal T Read<T>(Func<RegistryEntry, T> decode)
        where T : class
    {
        if (Volatile.Read(ref _decoded) is T known)
        {
            return known;
        }

        T made = decode(this);
        Volatile.Write(ref _decoded, made);
        return made;
    }
}
