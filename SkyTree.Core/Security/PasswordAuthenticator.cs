using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace SkyTree.Core.Security;

/// <summary>
/// Admits users of the directory by password. It abstains where no user name is given and where the name is unknown, after
/// the time that a wrong password takes, so that neither answer nor time tells who exists. The check runs on the thread
/// pool, never on the caller's thread.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "A SemaphoreSlim without its wait handle holds nothing to release, and checks may still run when the host is disposed.")]
public sealed class PasswordAuthenticator : IAuthenticator
{
    private readonly UserDirectory _users;
    private readonly PasswordOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly SemaphoreSlim _turns;
    private readonly byte[] _rememberKey = RandomNumberGenerator.GetBytes(32);
    private readonly ConditionalWeakTable<ScramCredential, Remembered> _remembered = [];
    private int _waiting; // changed with Interlocked by every caller

    /// <summary>Creates it.</summary>
    /// <param name="users">The users.</param>
    /// <param name="options">Its bounds; validated by the caller.</param>
    /// <param name="timeProvider">The clock.</param>
    public PasswordAuthenticator(UserDirectory users, PasswordOptions options, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(users);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(timeProvider);
        _users = users;
        _options = options;
        _timeProvider = timeProvider;
        _turns = new SemaphoreSlim(options.Concurrency, options.Concurrency);
    }

    /// <inheritdoc/>
    public ValueTask<AuthenticationVerdict> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.UserName is not { } name)
        {
            return new(AuthenticationVerdict.Abstain);
        }

        UserSnapshot users = _users.Current;
        bool known = users.TryGet(name, out ScramCredential? credential);
        AuthenticationVerdict otherwise = known ? AuthenticationVerdict.Refuse : AuthenticationVerdict.Abstain;
        if (request.Password is not { } password || !SaslPrep.TryPrepare(password.Span, out _))
        {
            return new(otherwise);
        }

        if (known && IsRemembered(credential!, password.Span))
        {
            return new(AuthenticationVerdict.Admit);
        }

        credential ??= ScramCredential.Unmatchable(users.UsualIterations, new byte[users.UsualSaltBytes]);

        // The caller's buffer may not outlive this call.
        return new(CheckAsync(credential, password.ToArray(), otherwise, cancellationToken));
    }

    private async Task<AuthenticationVerdict> CheckAsync(
        ScramCredential credential, byte[] password, AuthenticationVerdict otherwise, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > _options.MaximumWaiting + _options.Concurrency)
        {
            Interlocked.Decrement(ref _waiting);
            return AuthenticationVerdict.Unavailable;
        }

        try
        {
            await _turns.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                bool right = await Task.Run(() => credential.Verify(password), CancellationToken.None).ConfigureAwait(false);
                if (right)
                {
                    Remember(credential, password);
                }

                return right ? AuthenticationVerdict.Admit : otherwise;
            }
            finally
            {
                _turns.Release();
            }
        }
        catch (OperationCanceledException)
        {
            return AuthenticationVerdict.Unavailable;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
            CryptographicOperations.ZeroMemory(password);
        }
    }

    private bool IsRemembered(ScramCredential credential, ReadOnlySpan<byte> password)
    {
        if (!_remembered.TryGetValue(credential, out Remembered? remembered)
            || _timeProvider.GetElapsedTime(remembered.Since).TotalSeconds >= _options.RememberSeconds)
        {
            return false;
        }

        return CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(_rememberKey, password), remembered.Tag);
    }

    private void Remember(ScramCredential credential, ReadOnlySpan<byte> password)
    {
        if (_options.RememberSeconds > 0)
        {
            _remembered.AddOrUpdate(credential, new(HMACSHA256.HashData(_rememberKey, password), _timeProvider.GetTimestamp()));
        }
    }

    private sealed record Remembered(byte[] Tag, long Since);
}
