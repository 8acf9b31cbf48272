namespace SkyTree.Store.RocksDb.WriteAhead;

/// <summary>What a file of the write-ahead log holds.</summary>
/// <param name="ValidLength">Up to here it holds whole batches.</param>
/// <param name="IsTorn">After them comes the beginning of a batch that was being written.</param>
/// <param name="Damage">After them comes something that no interrupted write leaves behind, namely this.</param>
internal readonly record struct LogInspection(long ValidLength, bool IsTorn, string? Damage);
