using System.Diagnostics;
using SkyTree.Core.Diagnostics;

namespace SkyTree.Core.Hooks;

/// <summary>Calls hooks: waits for their answers as long as they may take, and says what counts when there is none.</summary>
/// <param name="options">How long they may take.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Where failures are told.</param>
internal sealed class HookCalls(HookOptions options, TimeProvider time, BrokerLog log)
{
    private readonly TimeSpan _patience = TimeSpan.FromMilliseconds(options.TimeoutMilliseconds);
    private readonly long[] _failures = new long[Enum.GetValues<HookKind>().Length]; // interlocked
    private readonly long[] _calls = new long[Enum.GetValues<HookKind>().Length]; // interlocked
    private readonly long[] _ticks = new long[Enum.GetValues<HookKind>().Length]; // interlocked

    /// <summary>What a failing hook's answer counts as.</summary>
    public HookFailure OnFailure => options.OnFailure;

    /// <summary>Answers that hooks of a kind did not give.</summary>
    public long FailuresOf(HookKind kind) => Volatile.Read(ref _failures[(int)kind]);

    /// <summary>How often hooks of a kind were called.</summary>
    public long CallsOf(HookKind kind) => Volatile.Read(ref _calls[(int)kind]);

    /// <summary>How long that took altogether.</summary>
    public TimeSpan TimeOf(HookKind kind) => Stopwatch.GetElapsedTime(0, Volatile.Read(ref _ticks[(int)kind]));

    /// <summary>Asks a hook.</summary>
    /// <param name="kind">Of which kind it is.</param>
    /// <param name="hook">The hook.</param>
    /// <param name="ask">Asks it.</param>
    /// <param name="about">What it is asked about.</param>
    /// <param name="cancellationToken">The client has gone.</param>
    /// <returns>Its answer; null: it has failed.</returns>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    public async ValueTask<TAnswer?> AskAsync<THook, TAbout, TAnswer>(
        HookKind kind, THook hook, Func<THook, TAbout, CancellationToken, ValueTask<TAnswer>> ask, TAbout about, CancellationToken cancellationToken)
        where THook : class
        where TAnswer : struct
    {
        long started = Stopwatch.GetTimestamp();
        bool isAway = false; // nobody waits for it any more
        var asking = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            ValueTask<TAnswer> answer = ask(hook, about, asking.Token);
            // Not only its token: a hook that looks at none must not hold up its client for ever.
            return answer.IsCompletedSuccessfully ? answer.Result : await answer.AsTask().WaitAsync(_patience, time, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            isAway = true;
            throw;
        }
        catch (Exception exception)
        {
            Fail(kind, hook, exception);
            isAway = exception is TimeoutException;
            return null;
        }
        finally
        {
            if (isAway)
            {
                _ = CancelAsync(asking); // what the hook does when it is told is not waited for
            }
            else
            {
                asking.Dispose();
            }

            Interlocked.Increment(ref _calls[(int)kind]);
            Interlocked.Add(ref _ticks[(int)kind], Stopwatch.GetTimestamp() - started);
        }
    }

    private static async Task CancelAsync(CancellationTokenSource asking)
    {
        await asking.CancelAsync().ConfigureAwait(false);
        asking.Dispose();
    }

    /// <summary>Notes that a hook gave no answer, or one that makes no sense.</summary>
    /// <param name="kind">Of which kind it is.</param>
    /// <param name="hook">The hook.</param>
    /// <param name="exception">What it threw, or what is wrong.</param>
    public void Fail(HookKind kind, object hook, Exception exception)
    {
        long failures = Interlocked.Increment(ref _failures[(int)kind]);
        if (failures <= 10 || failures % 1000 == 0)
        {
            log.HookFailed(hook.GetType().Name, kind, failures, exception); // a hook that fails for every message must not fill the log
        }
    }
}
