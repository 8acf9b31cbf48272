using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SkyTree.Core.Tests.Security;

/// <summary>A SCRAM client written from the RFC alone, so that the server is not tested against its own arithmetic.</summary>
internal sealed class ScramClient(string userName, string password, string header = "n,,")
{
    public string Nonce { get; } = Convert.ToBase64String(RandomNumberGenerator.GetBytes(12));

    public string Bare => $"n={userName},r={Nonce}";

    public string First => header + Bare;

    public string Final(string serverFirst, string? binding = null, string? nonce = null, string extensions = "")
    {
        Dictionary<char, string> server = serverFirst.Split(',').ToDictionary(field => field[0], field => field[2..]);
        string withoutProof = $"c={binding ?? Convert.ToBase64String(Encoding.UTF8.GetBytes(header))},r={nonce ?? server['r']}{extensions}";
        byte[] authMessage = Encoding.UTF8.GetBytes($"{Bare},{serverFirst},{withoutProof}");
        byte[] salted = Salted(server);
        byte[] clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        byte[] signature = HMACSHA256.HashData(SHA256.HashData(clientKey), authMessage);
        byte[] proof = [.. clientKey.Zip(signature, (a, b) => (byte)(a ^ b))];
        ServerFinal = $"v={Convert.ToBase64String(HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), authMessage))}";
        return $"{withoutProof},p={Convert.ToBase64String(proof)}";
    }

    /// <summary>What the server must answer to <see cref="Final"/>.</summary>
    public string ServerFinal { get; private set; } = "";

    private byte[] Salted(Dictionary<char, string> server) => Rfc2898DeriveBytes.Pbkdf2(
        Encoding.UTF8.GetBytes(password), Convert.FromBase64String(server['s']), int.Parse(server['i'], CultureInfo.InvariantCulture), HashAlgorithmName.SHA256, 32);
}
