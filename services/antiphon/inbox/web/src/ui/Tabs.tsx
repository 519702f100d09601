import type { ReactNode } from "react";
import { Tab, TabList, TabPanel, Tabs as AriaTabs } from "react-aria-components/Tabs";
import { Counter } from "./Counter";

export interface TabItem<K extends string> { id: K; text: string; count?: number | undefined; hot?: boolean }

/** Tabs with their panel: children is called with the chosen id. */
export function Tabs<K extends string>({ label, tabs, value, onChange, children, after }: {
  label: string; tabs: readonly TabItem<K>[]; value: K; onChange: (id: K) => void; children: (id: K) => ReactNode; after?: ReactNode;
}) {
  return (
    <AriaTabs selectedKey={value} onSelectionChange={(key) => onChange(key as K)} className="col grow" style={{ minHeight: 0 }}>
      <div className="flex" style={{ flex: "none" }}>
        <TabList aria-label={label} className="tabs grow">
          {tabs.map((tab) => <Tab key={tab.id} id={tab.id}>{tab.text}{tab.count !== undefined && <Counter value={tab.count} hot={tab.hot ?? false} />}</Tab>)}
        </TabList>
        {after}
      </div>
      {tabs.map((tab) => <TabPanel key={tab.id} id={tab.id} className="tab-panel col grow" style={{ minHeight: 0 }}>{children(tab.id)}</TabPanel>)}
    </AriaTabs>
  );
}
