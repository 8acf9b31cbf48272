using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace SkyTree.Core.Security.Passwords;

/// <summary>
/// Checks passwords on the thread pool, so many at a time, so many waiting. One that was found right is recognised for a
/// while without the full check, by a keyed hash that is in memory alone and goes with the hash it was checked against.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "A SemaphoreSlim without its wait handle holds nothing to release, and checks may still run when the host is disposed.")]
internal sealed class PasswordChecker
{
    private readonly PasswordOptions _options;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _turns;
    private readonly byte[] _rememberKey = RandomNumberGenerator.GetBytes(32);
    private readonly ConditionalWeakTable<PasswordHash, Remembered> _remembered = [];
    private int _waiting; // changed with Interlocked by every caller

    /// <summary>Creates one.</summary>
    /// <param name="options">Its bounds; validated by the caller.</param>
    /// <param name="time">The clock.</param>
    public PasswordChecker(PasswordOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        _options = options;
        _time = time;
        _turns = new SemaphoreSlim(options.Concurrency, options.Concurrency);
    }

    /// <summary>Checks it; at once if it is remembered.</summary>
    /// <param name="hash">What it is checked against.</param>
    /// <param name="password">The password in UTF-8; copied.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public ValueTask<PasswordCheck> CheckAsync(PasswordHash hash, ReadOnlySpan<byte> password, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(hash);
        return IsRemembered(hash, password) ? new(PasswordCheck.Right) : new(CheckAsync(hash, password.ToArray(), cancellationToken));
    }

    /// <summary>Does other work of the same kind in its turn.</summary>
    /// <typeparam name="T">What it makes.</typeparam>
    /// <param name="work">The work.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What it made; null: it was not done.</returns>
    internal async ValueTask<T?> RunAsync<T>(Func<T> work, CancellationToken cancellationToken)
        where T : class
    {
        if (Interlocked.Increment(ref _waiting) > _options.MaximumWaiting + _options.Concurrency)
        {
            Interlocked.Decrement(ref _waiting);
            return null;
        }

        try
        {
            await _turns.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await Task.Run(work, CancellationToken.None).ConfigureAwait(false);
            }
            finally
            {
                _turns.Release();
            }
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private async Task<PasswordCheck> CheckAsync(PasswordHash hash, byte[] password, CancellationToken cancellationToken)
    {
        try
        {
            object? right = await RunAsync<object>(() => hash.Verify(password), cancellationToken).ConfigureAwait(false);
            if (right is true && _options.RememberSeconds > 0)
            {
                _remembered.AddOrUpdate(hash, new(HMACSHA256.HashData(_rememberKey, password), _time.GetTimestamp()));
            }

            return right switch
            {
                true => PasswordCheck.Right,
                false => PasswordCheck.Wrong,
                _ => PasswordCheck.NotChecked,
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(password);
        }
    }

    private bool IsRemembered(PasswordHash hash, ReadOnlySpan<byte> password) =>
        _remembered.TryGetValue(hash, out Remembered? remembered)
        && _time.GetElapsedTime(remembered.Since).TotalSeconds < _options.RememberSeconds
        && CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(_rememberKey, password), remembered.Tag);

    private sealed record Remembered(byte[] Tag, long Since);
}
