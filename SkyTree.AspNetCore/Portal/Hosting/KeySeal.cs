using System.Security.Cryptography;
using System.Text;
using SkyTree.AspNetCore.Configuration;
using SkyTree.Cluster;

namespace SkyTree.AspNetCore.Portal.Hosting;

/// <summary>
/// What the keys of cookies are sealed with where they lie, in the broker's state. It is not part of that state: who has a backup
/// cannot make a cookie. Alone, a broker has it in the file <c>portal.key</c> of its data folder; the nodes of a cluster derive it
/// from their secret.
/// </summary>
internal sealed class KeySeal
{
    private const int KeySize = 32;
    private const string FileName = "portal.key";

    private static readonly int s_nonceSize = AesGcm.NonceByteSizes.MaxSize;
    private static readonly int s_tagSize = AesGcm.TagByteSizes.MaxSize;

    private readonly byte[]? _key;

    /// <summary>Finds it, or makes it.</summary>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    public KeySeal(SkyTreeOptions options)
    {
        _key = options.Cluster.Enabled ? Derive(options.Cluster) : ReadOrMake(Path.Combine(options.Data, FileName));
        Name = Convert.ToHexStringLower(SHA256.HashData(_key is null ? Encoding.UTF8.GetBytes(options.Cluster.Name) : [.. _key, .. "name"u8]))[..8];
    }

    /// <summary>Tells this broker, or this cluster, from others: eight hexadecimal digits that stay.</summary>
    public string Name { get; }

    /// <summary>False: the nodes have certificates of their own and so nothing that all of them know and the state does not.</summary>
    public bool IsSealing => _key is not null;

    /// <summary>Seals a text.</summary>
    public byte[] Seal(string text)
    {
        byte[] plain = Encoding.UTF8.GetBytes(text);
        byte[] box = new byte[s_nonceSize + s_tagSize + plain.Length];
        RandomNumberGenerator.Fill(box.AsSpan(0, s_nonceSize));
        using AesGcm cipher = new(_key!, s_tagSize);
        cipher.Encrypt(box.AsSpan(0, s_nonceSize), plain, box.AsSpan(s_nonceSize + s_tagSize), box.AsSpan(s_nonceSize, s_tagSize));
        return box;
    }

    /// <summary>Opens what was sealed.</summary>
    /// <exception cref="CryptographicException">It was sealed with something else, or has been changed.</exception>
    public string Open(byte[] box)
    {
        if (_key is null || box.Length < s_nonceSize + s_tagSize)
        {
            throw new CryptographicException("A key of the portal's cookies was sealed elsewhere.");
        }

        byte[] plain = new byte[box.Length - s_nonceSize - s_tagSize];
        using AesGcm cipher = new(_key, s_tagSize);
        cipher.Decrypt(box.AsSpan(0, s_nonceSize), box.AsSpan(s_nonceSize + s_tagSize), box.AsSpan(s_nonceSize, s_tagSize), plain);
        return Encoding.UTF8.GetString(plain);
    }

    private static byte[]? Derive(ClusterOptions cluster)
    {
        string secret = cluster.SecretPath.Length > 0 ? File.ReadAllText(cluster.SecretPath).Trim() : cluster.Secret;
        return secret.Length == 0 ? null
            : HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret), KeySize, Encoding.UTF8.GetBytes(cluster.Name), "SkyTree portal keys"u8.ToArray());
    }

    private static byte[] ReadOrMake(string file)
    {
        if (File.Exists(file) && File.ReadAllBytes(file) is { Length: KeySize } known)
        {
            return known;
        }

        byte[] key = RandomNumberGenerator.GetBytes(KeySize);
        FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using FileStream stream = new(file, options);
        stream.Write(key);
        stream.Flush(flushToDisk: true);
        return key;
    }
}
