using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Features.Authentication;

namespace SkyTree.AspNetCore.Embedding;

/// <summary>A request that came to the application's endpoints: within the broker it has another context, and this as a feature of it.</summary>
/// <param name="Application">The application's own context of it.</param>
internal sealed record ForwardedRequest(HttpContext Application)
{
    /// <summary>The broker's context: the same request and answer; who asks, what route it is and whose services it has are the broker's.</summary>
    /// <param name="services">The broker's services for this request.</param>
    public HttpContext ToBroker(IServiceProvider services)
    {
        FeatureCollection features = new(Application.Features);
        features.Set<IServiceProvidersFeature>(new ServiceProvidersFeature { RequestServices = services });
        features.Set<IItemsFeature>(new ItemsFeature());
        features.Set<IEndpointFeature>(new NoEndpoint());
        features.Set<IRouteValuesFeature>(new RouteValuesFeature());
        features.Set<IHttpAuthenticationFeature>(new NobodyYet());
        features.Set(this);
        return new DefaultHttpContext(features);
    }

    private sealed class NoEndpoint : IEndpointFeature
    {
        public Endpoint? Endpoint { get; set; }
    }

    private sealed class NobodyYet : IHttpAuthenticationFeature
    {
        public System.Security.Claims.ClaimsPrincipal? User { get; set; }
    }
}
