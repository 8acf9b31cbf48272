namespace SkyTree.Core.Security;

/// <summary>When who fails must wait.</summary>
/// <param name="Failures">Failures in a row after which it begins.</param>
/// <param name="Seconds">Seconds to wait at first; each further failure doubles them.</param>
/// <param name="MaximumSeconds">Seconds to wait at most.</param>
internal readonly record struct LockoutRule(int Failures, int Seconds, int MaximumSeconds);
