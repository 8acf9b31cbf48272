using System.Text;
using SkyTree.Core.Security;

namespace SkyTree.Broker.Tests.Harness;

/// <summary>
/// An enhanced authentication method with one round: the client says <c>hello</c>, is asked <c>who?</c>, answers
/// <c>carol</c> and is told <c>welcome</c>. Any other answer is refused.
/// </summary>
internal sealed class ChallengeMethod : IAuthenticationMethod
{
    public string Name => "CHALLENGE";

    /// <summary>What it says of who is admitted.</summary>
    public ClientGrant? Grant { get; set; }

    public IAuthenticationExchange Begin() => new Exchange(Grant);

    private sealed class Exchange(ClientGrant? grant) : IAuthenticationExchange
    {
        private bool _asked;

        public ValueTask<AuthenticationStep> NextAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
        {
            string said = Encoding.UTF8.GetString(data.Span);
            if (!_asked && said == "hello")
            {
                _asked = true;
                return new(new AuthenticationStep(AuthenticationOutcome.Continue, "who?"u8.ToArray()));
            }

            return new(_asked && said == "carol"
                ? new AuthenticationStep(AuthenticationOutcome.Succeeded, "welcome"u8.ToArray(), "carol") { Grant = grant }
                : new AuthenticationStep(AuthenticationOutcome.Failed));
        }
    }
}
