using System.Text.Json.Serialization;

namespace SkyTree.Core.Backup;

/// <summary>What a backup says of itself: the last entry of its archive, <c>manifest.json</c>.</summary>
internal sealed record BackupManifest
{
    /// <summary>The version of the archive's layout that this program writes, and the only one that it reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The archive's layout.</summary>
    public required int Format { get; init; }

    /// <summary>The version of the program that wrote it.</summary>
    public required string ProductVersion { get; init; }

    /// <summary>When it was begun.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The store that held the messages.</summary>
    public required string Store { get; init; }

    /// <summary>The highest offset assigned by then; what came later is not in it.</summary>
    public required long LastOffset { get; init; }

    /// <summary>Records of the embedded database: sessions, subscriptions, retained messages and more.</summary>
    public required long StateRecords { get; init; }

    /// <summary>Sessions among them.</summary>
    public required long Sessions { get; init; }

    /// <summary>Messages in the embedded database.</summary>
    public required long EmbeddedMessages { get; init; }

    /// <summary>Messages of an external store.</summary>
    public required long ExportedMessages { get; init; }

    /// <summary>The archive's other entries, in their order.</summary>
    public required IReadOnlyList<BackupEntry> Entries { get; init; }
}

/// <summary>An entry of a backup's archive.</summary>
/// <param name="Name">Its path in the archive.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Its SHA-256 in hexadecimal digits.</param>
internal sealed record BackupEntry(string Name, long Bytes, string Sha256);

/// <summary>How far a backup or a restore has come.</summary>
/// <param name="Bytes">Bytes of files done.</param>
/// <param name="TotalBytes">Bytes of files there are.</param>
/// <param name="Messages">Messages of an external store done.</param>
/// <param name="TotalMessages">Messages of an external store there are, about.</param>
internal readonly record struct BackupProgress(long Bytes, long TotalBytes, long Messages, long TotalMessages);

[JsonSerializable(typeof(BackupManifest))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
internal sealed partial class BackupJson : JsonSerializerContext;
