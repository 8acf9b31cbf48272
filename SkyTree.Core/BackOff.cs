namespace SkyTree.Core;

/// <summary>How long to wait until the next attempt: doubled by each that fails, and up to a half less by chance, so that many do not come at once.</summary>
/// <param name="first">After the first failure.</param>
/// <param name="longest">At most so long, unless the other side asks for more.</param>
/// <param name="chance">0 to 1; null: at random.</param>
internal sealed class BackOff(TimeSpan first, TimeSpan longest, Func<double>? chance = null)
{
    private static readonly TimeSpan s_longestAsked = TimeSpan.FromHours(1);

    private readonly Func<double> _chance = chance ?? Random.Shared.NextDouble;
    private int _failures;

    /// <summary>An attempt has succeeded.</summary>
    public void Reset() => _failures = 0;

    /// <summary>An attempt has failed; how long to wait.</summary>
    /// <param name="asked">What the other side asks for, an hour at most; null: nothing.</param>
    public TimeSpan Next(TimeSpan? asked = null)
    {
        double doubled = first.TotalMilliseconds * Math.Pow(2, Math.Min(_failures++, 30));
        TimeSpan wait = TimeSpan.FromMilliseconds(Math.Min(doubled, longest.TotalMilliseconds) * (1 - (_chance() / 2)));
        return asked is not { } least || least <= wait ? wait : least < s_longestAsked ? least : s_longestAsked;
    }
}
