namespace SkyTree.Core.Protocol;

/// <summary>What reading a fixed header came to.</summary>
internal enum FrameStatus
{
    /// <summary>The header is whole and legal.</summary>
    Done,

    /// <summary>More bytes are needed to know.</summary>
    NeedMore,

    /// <summary>The bytes can never become a legal packet.</summary>
    Invalid,
}
