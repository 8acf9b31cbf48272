namespace SkyTree.AspNetCore.Configuration;

/// <summary>What all HTTP endpoints have in common (<c>SkyTree:Http</c>).</summary>
internal sealed record HttpOptions
{
    /// <summary>
    /// Origins, such as <c>https://app.example</c>, whose pages may open WebSockets, besides pages of this machine and of
    /// the broker itself; <c>*</c>: all.
    /// </summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];
}
