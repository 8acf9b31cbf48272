using Bunit;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor.Services;
using SkyTree.AspNetCore.Portal.Shared;

namespace SkyTree.Portal.Tests.Harness;

/// <summary>What the portal's shared components need to be drawn without a browser.</summary>
internal sealed class ComponentContext : BunitContext
{
    public ComponentContext()
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddLocalization();
        Services.AddMudServices();
        Services.AddSingleton(TimeProvider.System);
        Services.AddScoped<Browser>();
    }
}
