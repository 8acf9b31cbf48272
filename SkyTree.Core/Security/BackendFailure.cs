namespace SkyTree.Core.Security;

/// <summary>An authenticator could not say whether a client may connect.</summary>
/// <param name="Backend">Its class, without the word.</param>
/// <param name="At">When that was last so.</param>
internal readonly record struct BackendFailure(string Backend, DateTimeOffset At);
