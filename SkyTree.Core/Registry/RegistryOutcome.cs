namespace SkyTree.Core.Registry;

/// <summary>What became of a change of the registry: all of it was done, or nothing.</summary>
/// <param name="Failure">Why nothing was.</param>
/// <param name="Index">Which change it failed at; -1: none, or a condition.</param>
/// <param name="Version">The version of what was changed.</param>
internal readonly record struct RegistryOutcome(RegistryFailure Failure, int Index, long Version)
{
    public bool Done => Failure == RegistryFailure.None;
}

/// <summary>Why the registry was not changed.</summary>
internal enum RegistryFailure
{
    /// <summary>It was.</summary>
    None,

    /// <summary>An entry is there that must not be.</summary>
    Exists,

    /// <summary>An entry is not there that must be.</summary>
    Missing,

    /// <summary>An entry or a collection has another version.</summary>
    Changed,

    /// <summary>The collection has as many entries as it may.</summary>
    Full,

    /// <summary>A key or a content is longer than allowed, or the collection is not known.</summary>
    Unfit,
}
