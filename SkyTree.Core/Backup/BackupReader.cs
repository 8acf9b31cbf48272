using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;

namespace SkyTree.Core.Backup;

/// <summary>Checks a backup and unpacks it.</summary>
internal static class BackupReader
{
    /// <summary>Unpacks a backup into a folder, once every byte of the file has been found to be as it was written.</summary>
    /// <param name="file">The backup.</param>
    /// <param name="folder">The folder; made.</param>
    /// <param name="progress">Is told often.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidDataException">It is damaged, no backup, or of a later version.</exception>
    public static async Task<BackupManifest> ExtractAsync(string file, string folder, IProgress<BackupProgress> progress, CancellationToken cancellationToken)
    {
        FileStream packed = new(file, FileMode.Open, FileAccess.Read, FileShare.Read, 128 * 1024);
        await using (packed.ConfigureAwait(false))
        {
            await VerifyAsync(packed, cancellationToken).ConfigureAwait(false);
            packed.Position = 0;
            try
            {
                return await ExtractAsync(packed, folder, progress, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is JsonException or EndOfStreamException or FormatException)
            {
                throw new InvalidDataException($"'{file}' is not a backup that this program can read: {e.Message}", e);
            }
        }
    }

    private static async Task VerifyAsync(FileStream packed, CancellationToken cancellationToken)
    {
        long content = packed.Length - BackupTrailer.Size;
        if (content <= 0)
        {
            throw NotWhole(packed);
        }

        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[256 * 1024];
        while (packed.Position < content)
        {
            int wanted = (int)Math.Min(buffer.Length, content - packed.Position);
            await packed.ReadExactlyAsync(buffer.AsMemory(0, wanted), cancellationToken).ConfigureAwait(false);
            hash.AppendData(buffer.AsSpan(0, wanted));
        }

        byte[] trailer = new byte[BackupTrailer.Size];
        await packed.ReadExactlyAsync(trailer, cancellationToken).ConfigureAwait(false);
        if (!trailer.AsSpan().SequenceEqual(BackupTrailer.Create(hash.GetHashAndReset())))
        {
            throw NotWhole(packed);
        }
    }

    private static async Task<BackupManifest> ExtractAsync(Stream packed, string folder, IProgress<BackupProgress> progress, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.Combine(folder, BackupLayout.StateFolder));
        Directory.CreateDirectory(Path.Combine(folder, BackupLayout.MessagesFolder));
        List<BackupEntry> found = [];
        BackupProgress now = default;
        GZipStream plain = new(packed, CompressionMode.Decompress, leaveOpen: true);
        await using (plain.ConfigureAwait(false))
        {
            TarReader archive = new(plain, leaveOpen: true);
            await using (archive.ConfigureAwait(false))
            {
                while (await archive.GetNextEntryAsync(copyData: false, cancellationToken).ConfigureAwait(false) is { } entry)
                {
                    if (entry.Name == BackupLayout.Manifest && entry.DataStream is { } json)
                    {
                        return await ReadManifestAsync(json, found, cancellationToken).ConfigureAwait(false);
                    }

                    if (entry.EntryType != TarEntryType.RegularFile || !BackupLayout.IsEntry(entry.Name))
                    {
                        throw new InvalidDataException($"The backup has an entry '{entry.Name}', which does not belong there.");
                    }

                    found.Add(await ExtractAsync(entry, folder, cancellationToken).ConfigureAwait(false));
                    now = now with { Bytes = now.Bytes + found[^1].Bytes, TotalBytes = now.Bytes + found[^1].Bytes };
                    progress.Report(now);
                }
            }
        }

        throw new InvalidDataException("The backup has no manifest.");
    }

    private static async Task<BackupEntry> ExtractAsync(TarEntry entry, string folder, CancellationToken cancellationToken)
    {
        FileStream file = new(Path.Combine(folder, entry.Name), FileMode.CreateNew, FileAccess.Write, FileShare.None, 128 * 1024);
        await using (file.ConfigureAwait(false))
        {
            using HashingStream hashed = new(file);
            if (entry.DataStream is { } content)
            {
                await content.CopyToAsync(hashed, cancellationToken).ConfigureAwait(false);
            }

            file.Flush(flushToDisk: true);
            return new BackupEntry(entry.Name, file.Length, Convert.ToHexStringLower(hashed.GetHash()));
        }
    }

    private static async Task<BackupManifest> ReadManifestAsync(Stream json, List<BackupEntry> found, CancellationToken cancellationToken)
    {
        BackupManifest manifest = await JsonSerializer.DeserializeAsync(json, BackupJson.Default.BackupManifest, cancellationToken).ConfigureAwait(false)
            ?? throw new InvalidDataException("The backup's manifest is empty.");
        if (manifest.Format != BackupManifest.CurrentFormat)
        {
            throw new InvalidDataException($"The backup is of format {manifest.Format}, written by version {manifest.ProductVersion}; this program reads format {BackupManifest.CurrentFormat}.");
        }

        if (!manifest.Entries.SequenceEqual(found))
        {
            BackupEntry? differs = manifest.Entries.Except(found).Concat(found.Except(manifest.Entries)).FirstOrDefault();
            throw new InvalidDataException($"The backup is damaged: its entry '{differs?.Name}' is not what the manifest says.");
        }

        return manifest;
    }

    private static InvalidDataException NotWhole(FileStream packed) =>
        new($"'{packed.Name}' is damaged, not complete, or not a backup: it does not end in the checksum of its content. Nothing was restored.");
}
