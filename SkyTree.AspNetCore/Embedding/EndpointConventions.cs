namespace SkyTree.AspNetCore.Embedding;

/// <summary>Several endpoints as one.</summary>
internal sealed class EndpointConventions : IEndpointConventionBuilder
{
    private readonly List<IEndpointConventionBuilder> _endpoints = [];

    public void Add(IEndpointConventionBuilder endpoint) => _endpoints.Add(endpoint);

    public void Add(Action<EndpointBuilder> convention) => _endpoints.ForEach(endpoint => endpoint.Add(convention));

    public void Finally(Action<EndpointBuilder> finallyConvention) => _endpoints.ForEach(endpoint => endpoint.Finally(finallyConvention));
}
