using SkyTree.Core.Security.Passwords;

namespace SkyTree.Core.Security;

/// <summary>
/// Admits users of the directory by password. It abstains where no user name is given and where the name is unknown, after
/// the time that a wrong password takes, so that neither answer nor time tells who exists. The check runs on the thread
/// pool, never on the caller's thread.
/// </summary>
internal sealed class PasswordAuthenticator : IAuthenticator
{
    private readonly UserDirectory _users;
    private readonly PasswordChecker _passwords;

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
        _passwords = new PasswordChecker(options, timeProvider);
    }

    /// <inheritdoc/>
    public ValueTask<AuthenticationVerdict> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.UserName is not { } name || _users.IsEmpty)
        {
            return new(AuthenticationVerdict.Abstain);
        }

        KnownUser? user = _users.Find(name);
        AuthenticationVerdict otherwise = user is null ? AuthenticationVerdict.Abstain : AuthenticationVerdict.Refuse;
        if (request.Password is not { } password || password.IsEmpty || password.Length > PasswordHash.LongestPassword)
        {
            return new(otherwise);
        }

        ValueTask<PasswordCheck> check = _passwords.CheckAsync(user?.Hash ?? _users.Nobody(), password.Span, cancellationToken);
        return check.IsCompletedSuccessfully ? new(Judge(request, check.Result, user)) : JudgeAsync(request, check, user);
    }

    private static async ValueTask<AuthenticationVerdict> JudgeAsync(AuthenticationRequest request, ValueTask<PasswordCheck> check, KnownUser? user) =>
        Judge(request, await check.ConfigureAwait(false), user);

    private static AuthenticationVerdict Judge(AuthenticationRequest request, PasswordCheck check, KnownUser? user)
    {
        if (check == PasswordCheck.NotChecked)
        {
            return AuthenticationVerdict.Unavailable;
        }

        if (user is not { } known)
        {
            return AuthenticationVerdict.Abstain;
        }

        if (check != PasswordCheck.Right || known.IsDisabled)
        {
            return AuthenticationVerdict.Refuse;
        }

        request.Grant = known.Grant;
        return AuthenticationVerdict.Admit;
    }
}
