using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SkyTree.Core.Security;

/// <summary>One SCRAM exchange: client-first, server-first, client-final, server-final. Owned by its connection.</summary>
internal sealed class ScramSha256Exchange(ScramSha256Method method) : IAuthenticationExchange
{
    private static readonly AuthenticationStep Failure = new(AuthenticationOutcome.Failed);

    private ScramClientFirst? _first;
    private ScramCredential? _credential;
    private bool _known;
    private ClientGrant? _grant;
    private string _nonce = "";
    private string _serverFirst = "";
    private bool _ended;

    public ValueTask<AuthenticationStep> NextAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        if (_ended)
        {
            return new(Failure);
        }

        AuthenticationStep step = _first is null ? Begin(data.Span) : End(data.Span);
        _ended = step.Outcome != AuthenticationOutcome.Continue;
        return new(step);
    }

    private AuthenticationStep Begin(ReadOnlySpan<byte> data)
    {
        if (!ScramClientFirst.TryParse(data, out ScramClientFirst? first))
        {
            return Failure;
        }

        _first = first;
        _credential = method.Find(first.UserName, out _known, out _grant);
        _nonce = first.Nonce + method.ServerNonce();
        _serverFirst = string.Create(
            CultureInfo.InvariantCulture, $"r={_nonce},s={Convert.ToBase64String(_credential.Salt)},i={_credential.Iterations}");
        return new(AuthenticationOutcome.Continue, Encoding.UTF8.GetBytes(_serverFirst));
    }

    private AuthenticationStep End(ReadOnlySpan<byte> data)
    {
        if (!ScramClientFinal.TryParse(data, out ScramClientFinal? final)
            || final.Nonce != _nonce
            || !final.ChannelBinding.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(_first!.Gs2Header)))
        {
            return Failure;
        }

        byte[] authMessage = Encoding.UTF8.GetBytes($"{_first.Bare},{_serverFirst},{final.WithoutProof}");
        byte[] clientKey = HMACSHA256.HashData(_credential!.StoredKey, authMessage);
        for (int i = 0; i < clientKey.Length; i++)
        {
            clientKey[i] ^= final.Proof[i];
        }

        bool proved = CryptographicOperations.FixedTimeEquals(SHA256.HashData(clientKey), _credential.StoredKey);
        if (!(proved & _known))
        {
            return Failure;
        }

        byte[] signature = HMACSHA256.HashData(_credential.ServerKey, authMessage);
        return new(AuthenticationOutcome.Succeeded, Encoding.UTF8.GetBytes($"v={Convert.ToBase64String(signature)}"), _first.UserName) { Grant = _grant };
    }
}
