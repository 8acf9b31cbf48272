namespace SkyTree.Core.Messages.Retention;

/// <summary>How far the log is over age at one moment, for each age that a rule names. Immutable.</summary>
internal sealed class RetentionAges(long[] floors, long everywhere)
{
    private readonly long[] _floors = floors;

    /// <summary>No message is over age.</summary>
    public static RetentionAges None { get; } = new([], 0);

    /// <summary>Whatever the topic, no rule keeps a message up to this offset.</summary>
    public long Everywhere => everywhere;

    /// <summary>Messages up to this offset are over an age; 0: none is.</summary>
    /// <param name="age">Which of the policy's ages; -1: no age at all, which nothing is over.</param>
    public long Floor(int age) => age < 0 ? 0 : _floors[age];

    /// <summary>Adds what has come to be over age since an earlier moment.</summary>
    /// <param name="earlier">That moment, of the same policy, or <see cref="None"/>.</param>
    /// <param name="into">Receives it.</param>
    public void AddSince(RetentionAges earlier, OffsetWindows into)
    {
        for (int i = 0; i < _floors.Length; i++)
        {
            into.Add(earlier._floors.Length == 0 ? 0 : earlier._floors[i], _floors[i]);
        }
    }
}
