using System.Globalization;
using SkyTree.AspNetCore.Listeners;
using SkyTree.Core.Admin.Attention;

namespace SkyTree.AspNetCore.Administration;

/// <summary>What is wrong with the certificates of listeners.</summary>
internal static class CertificateConcerns
{
    private static readonly TimeSpan s_soon = TimeSpan.FromDays(30);
    private static readonly TimeSpan s_verySoon = TimeSpan.FromDays(3);

    /// <summary>Looks at what the next handshakes use.</summary>
    /// <param name="listeners">The listeners.</param>
    /// <param name="now">The present.</param>
    public static IEnumerable<Concern> Of(ActiveListeners listeners, DateTimeOffset now) =>
        listeners.All.SelectMany(listener => listener.Certificate is { } certificate ? Of(listener.Name, certificate.ExpiresAt, certificate.ReloadError, now) : []);

    /// <summary>The same of one.</summary>
    /// <param name="listener">The listener's name.</param>
    /// <param name="expiresAt">When its certificate expires.</param>
    /// <param name="reloadError">Why files that have changed are not used; null: they are.</param>
    /// <param name="now">The present.</param>
    public static IEnumerable<Concern> Of(string listener, DateTimeOffset expiresAt, string? reloadError, DateTimeOffset now)
    {
        TimeSpan left = expiresAt - now;
        if (left <= TimeSpan.Zero)
        {
            yield return new("certificate_expired", ConcernSeverity.Critical, $"The certificate of listener {listener} has expired on {Date(expiresAt)}: clients that check it cannot connect.") { Subject = listener };
        }
        else if (left < s_soon)
        {
            yield return new("certificate_expires", left < s_verySoon ? ConcernSeverity.Critical : ConcernSeverity.Warning, $"The certificate of listener {listener} expires on {Date(expiresAt)}. Put a new one in its place; it is taken without a restart.") { Subject = listener };
        }

        if (reloadError is not null)
        {
            yield return new("certificate_unusable", ConcernSeverity.Warning, $"The new certificate files of listener {listener} cannot be used, the old ones still are: {reloadError}") { Subject = listener };
        }
    }

    private static string Date(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
