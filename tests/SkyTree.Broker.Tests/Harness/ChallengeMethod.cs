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

    public IAuthenticationExchange Begin() => new Exchange();

    private sealed class Exchange : IAuthenticationExchange
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
                ? new AuthenticationStep(AuthenticationOutcome.Succeeded, "welcome"u8.ToArray(), "carol")
                : new AuthenticationStep(AuthenticationOutcome.Failed));
        }
    }
}
