using System.Net.Http.Headers;
using SkyTree.Core.Admin;

namespace SkyTree.Web.Tests.Api;

/// <summary>A request that a route does as it should, for an administrator.</summary>
/// <param name="Method">The method.</param>
/// <param name="Route">The route's pattern below <c>/api/v1</c>.</param>
/// <param name="Status">What is answered.</param>
/// <param name="Body">The body; null: none.</param>
public sealed record ApiCase(string Method, string Route, int Status = 200, string? Body = null)
{
    public string Key => $"{Method} {Route}";

    public string Type { get; init; } = "application/json";

    /// <summary>The path that is asked for, if it is not the pattern; null: <see cref="Prepare"/> says it.</summary>
    public string? Path { get; init; }

    /// <summary>Makes what the request is about, each time anew, and says the path.</summary>
    public Func<ApiHost, Task<string>>? Prepare { get; init; }

    /// <summary>A path of the same route about what is not there.</summary>
    public string? Missing { get; init; }

    /// <summary>Who asks.</summary>
    public AuthenticationHeaderValue Credentials { get; init; } = ApiHost.As(AdminRole.Administrator);

    /// <summary>Whether it takes pages.</summary>
    public bool IsList { get; init; }

    public override string ToString() => Key;
}
