using System.Net.Http.Headers;
using System.Text;

namespace SkyTree.Cli.Connection;

/// <summary>Who asks, as the header says it.</summary>
internal static class Credentials
{
    /// <summary>An API key, <c>{id}.{secret}</c>, or a login's token.</summary>
    /// <exception cref="CliException">It holds what neither can hold.</exception>
    public static AuthenticationHeaderValue Bearer(string token) => token.All(c => c is > ' ' and < '\x7f')
        ? new AuthenticationHeaderValue("Bearer", token)
        : throw CliException.Usage("an API key is one word, as it was shown when it was made");

    /// <summary>An admin account.</summary>
    /// <exception cref="CliException">The name holds a colon.</exception>
    public static AuthenticationHeaderValue Basic(string name, string password) => !name.Contains(':', StringComparison.Ordinal)
        ? new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}")))
        : throw CliException.Usage("the name of an account holds no ':'");
}
