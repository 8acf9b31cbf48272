using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace SkyTree.Docs.Tests.Snippets;

#pragma warning disable IDE1006, CA1708 // named as variables of a program are

/// <summary>What a piece of C# may use without saying where it comes from: the variables of every ASP.NET Core program.</summary>
public abstract class SnippetGlobals
{
    /// <summary>The application's builder.</summary>
    public abstract WebApplicationBuilder builder { get; }

    /// <summary>Its services.</summary>
    public abstract IServiceCollection services { get; }

    /// <summary>The application.</summary>
    public abstract WebApplication app { get; }

    /// <summary>Of the method around it.</summary>
    public abstract CancellationToken cancellationToken { get; }
}
