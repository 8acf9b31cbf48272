using System.ComponentModel.DataAnnotations;

namespace SkyTree.Store.RocksDb;

/// <summary>Where the embedded database lies and what it may use. The defaults take less than 256 MiB of memory.</summary>
internal sealed record RocksDbOptions
{
    /// <summary>The database's folder, made when it is missing. It belongs to one process at a time; put nothing else into it.</summary>
    [Required]
    public required string Folder { get; init; }

    /// <summary>
    /// Memory for what has been written and is not in a table file yet, in MiB, 1 to 4,096. More makes for fewer and
    /// larger files, and for a longer start after a crash.
    /// </summary>
    [Range(1, 4_096)]
    public int WriteBufferMegabytes { get; init; } = 64;

    /// <summary>The write-ahead log's size in MiB, 1 to 65,536, at which what it holds is written to table files. It is read at every start.</summary>
    [Range(1, 65_536)]
    public int MaximumWriteAheadLogMegabytes { get; init; } = 128;

    /// <summary>Memory for what was read from table files, in MiB, 1 to 65,536.</summary>
    [Range(1, 65_536)]
    public int BlockCacheMegabytes { get; init; } = 32;

    /// <summary>Whether table files are compressed (LZ4). The write-ahead log is not.</summary>
    public bool Compression { get; init; } = true;

    /// <summary>Threads that write and merge table files, 1 to 64.</summary>
    [Range(1, 64)]
    public int BackgroundThreads { get; init; } = 2;

    /// <summary>
    /// Table files kept open at most, 16 to 1,000,000. Each is a descriptor of the process.
    /// </summary>
    [Range(16, 1_000_000)]
    public int MaximumOpenFiles { get; init; } = 512;

    /// <summary>
    /// Opens a database whose write-ahead log is damaged, with all that was written before the damage and nothing of
    /// what came after it: <b>acknowledged messages are lost</b>. How far it got is logged. Copy the folder first, and set it
    /// for one start only.
    /// </summary>
    public bool SalvageDamagedLog { get; init; }

    internal void Validate() => Validator.ValidateObject(this, new ValidationContext(this), validateAllProperties: true);
}
