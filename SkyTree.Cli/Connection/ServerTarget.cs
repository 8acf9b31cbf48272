using System.Net.Http.Headers;

namespace SkyTree.Cli.Connection;

/// <summary>Which server is asked, and by whom.</summary>
/// <param name="Server">Its address, such as <c>https://broker:8443</c>.</param>
/// <param name="Credentials">Who asks; null: nobody, as before a login.</param>
/// <param name="CaFile">The PEM file of those whose certificates are believed; null: the machine's own.</param>
/// <param name="IsInsecure">Whether any certificate is believed.</param>
/// <param name="Timeout">How long an answer is waited for.</param>
internal sealed record ServerTarget(Uri Server, AuthenticationHeaderValue? Credentials, string? CaFile, bool IsInsecure, TimeSpan Timeout);
