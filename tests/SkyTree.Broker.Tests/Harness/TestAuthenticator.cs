using System.Text;
using SkyTree.Core.Security;

namespace SkyTree.Broker.Tests.Harness;

/// <summary>Admits everybody, or, where users are named, only those with their passwords. The user <c>unavailable</c> cannot be judged.</summary>
internal sealed class TestAuthenticator : IAuthenticator
{
    /// <summary>Passwords by user name.</summary>
    public Dictionary<string, string> Users { get; } = [];

    public ValueTask<AuthenticationVerdict> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        if (Users.Count == 0)
        {
            return new(AuthenticationVerdict.Admit);
        }

        if (request.UserName == "unavailable")
        {
            return new(AuthenticationVerdict.Unavailable);
        }

        if (request.UserName is null)
        {
            return new(AuthenticationVerdict.Abstain);
        }

        string password = Encoding.UTF8.GetString((request.Password ?? default).Span);
        return new(Users.TryGetValue(request.UserName, out string? expected) && expected == password
            ? AuthenticationVerdict.Admit
            : AuthenticationVerdict.Refuse);
    }
}
