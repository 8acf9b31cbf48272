namespace SkyTree.Store.Redis.Layout;

/// <summary>What <see cref="Scripts.Append"/> says has become of a chunk.</summary>
internal enum AppendAnswer
{
    /// <summary>Refused: something that was staged earlier must be applied first.</summary>
    Busy = 0,

    /// <summary>Taken as a whole.</summary>
    Staged = 1,

    /// <summary>Refused: the chunk before it is missing.</summary>
    Gap = 2,

    /// <summary>Refused: its first message or all of it is there already, or was and is deleted.</summary>
    There = 3,
}
