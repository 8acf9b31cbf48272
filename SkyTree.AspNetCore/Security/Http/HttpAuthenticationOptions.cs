using System.ComponentModel.DataAnnotations;

namespace SkyTree.AspNetCore.Security.Http;

/// <summary>A service that is asked who may connect (<c>SkyTree:Authentication:Http</c>).</summary>
internal sealed record HttpAuthenticationOptions
{
    /// <summary>Its address, https unless it is this machine's.</summary>
    public string Url { get; init; } = "";

    /// <summary>Whether http will do for other machines, too: then everybody between sees the passwords.</summary>
    public bool AllowHttp { get; init; }

    /// <summary>A file whose first line is sent as the header Authorization; empty: none is.</summary>
    public string AuthorizationPath { get; init; } = "";

    /// <summary>Milliseconds that an answer may take, 100 to 60,000.</summary>
    [Range(100, 60_000)]
    public int TimeoutMilliseconds { get; init; } = 3000;

    /// <summary>Questions at a time, 1 to 1,024.</summary>
    [Range(1, 1024)]
    public int Concurrency { get; init; } = 32;

    /// <summary>Questions that may wait for their turn, 0 to 100,000; one more is answered Server unavailable.</summary>
    [Range(0, 100_000)]
    public int MaximumWaiting { get; init; } = 1024;
}
