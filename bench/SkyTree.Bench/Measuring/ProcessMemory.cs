namespace SkyTree.Bench.Measuring;

/// <summary>A process's resident memory, in KiB.</summary>
/// <param name="ResidentKilobytes">All of it.</param>
/// <param name="AnonymousKilobytes">What is no file's: heaps and stacks.</param>
internal readonly record struct ProcessMemory(long ResidentKilobytes, long AnonymousKilobytes);
