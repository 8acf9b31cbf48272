using System.Collections.Concurrent;
using SkyTree.Core.Protocol;
using SkyTree.Core.Security;

namespace SkyTree.Core.Diagnostics;

/// <summary>Who has come since the start, and what became of them. Once for each connection.</summary>
internal sealed class AdmissionCounters
{
    private readonly ConcurrentDictionary<string, Count> _accepted = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<ReasonCode, Count> _refused = [];
    private readonly ConcurrentDictionary<AuthenticationResult, Count> _authenticated = new(
        Enum.GetValues<AuthenticationResult>().Select(result => KeyValuePair.Create(result, new Count())));

    private long _expired;

    /// <summary>Network connections that listeners have handed over, by the listener's name.</summary>
    public IEnumerable<KeyValuePair<string, long>> Accepted => _accepted.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.Now));

    /// <summary>Network connections that listeners have handed over.</summary>
    public long TotalAccepted => _accepted.Sum(pair => pair.Value.Now);

    /// <summary>Connections whose CONNECT was refused, by the reason that was found, whatever of it the client was told.</summary>
    public IEnumerable<KeyValuePair<ReasonCode, long>> Refused => _refused.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.Now));

    /// <summary>Sessions that have ended because their time was up.</summary>
    public long Expired => Volatile.Read(ref _expired);

    /// <summary>How many authentications came to a result.</summary>
    /// <param name="result">The result.</param>
    public long Authenticated(AuthenticationResult result) => _authenticated[result].Now;

    internal void Accept(string listener) => _accepted.GetOrAdd(listener, static _ => new Count()).Add();

    internal void Refuse(ReasonCode code) => _refused.GetOrAdd(code, static _ => new Count()).Add();

    internal void Expire() => Interlocked.Increment(ref _expired);

    internal void Authenticate(AuthenticationResult result) => _authenticated[result].Add();

    internal void Authenticate(AuthenticationVerdict verdict) => Authenticate(verdict switch
    {
        AuthenticationVerdict.Admit => AuthenticationResult.Admitted,
        AuthenticationVerdict.AdmitAnonymously => AuthenticationResult.Anonymous,
        AuthenticationVerdict.Unavailable => AuthenticationResult.Unavailable,
        _ => AuthenticationResult.Refused,
    });

    private sealed class Count
    {
        private long _count; // written by interlocked adds

        public long Now => Volatile.Read(ref _count);

        public void Add() => Interlocked.Increment(ref _count);
    }
}

/// <summary>What an authentication came to.</summary>
internal enum AuthenticationResult
{
    /// <summary>Somebody showed who they are.</summary>
    Admitted,

    /// <summary>Admitted without showing who they are.</summary>
    Anonymous,

    /// <summary>Refused.</summary>
    Refused,

    /// <summary>It could not be found out, and was refused.</summary>
    Unavailable,
}
